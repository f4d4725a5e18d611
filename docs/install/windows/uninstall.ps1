<#
.SYNOPSIS
  Removes the service. Configuration, certificates and logs stay, unless -RemoveFiles is given.
#>
#Requires -RunAsAdministrator
[CmdletBinding()]
param(
  [string] $Folder = "$env:ProgramFiles\ews-gateway",
  [switch] $RemoveFiles
)
$ErrorActionPreference = 'Stop'
$name = 'ews-gateway'
if (Get-Service -Name $name -ErrorAction SilentlyContinue) {
  Stop-Service -Name $name
  & (Join-Path $Folder 'ews-gateway-service.exe') uninstall
  if ($LASTEXITCODE -ne 0) { throw "WinSW could not remove the service (exit code $LASTEXITCODE)." }
}
Get-ScheduledTask -TaskName 'ews-gateway event log' -ErrorAction SilentlyContinue | Unregister-ScheduledTask -Confirm:$false
if ([System.Diagnostics.EventLog]::SourceExists($name)) { Remove-EventLog -Source $name }
if ($RemoveFiles) { Remove-Item -LiteralPath $Folder -Recurse -Force } else { Write-Host "Files are kept in $Folder" }

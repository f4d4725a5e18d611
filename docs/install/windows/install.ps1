<#
.SYNOPSIS
  Installs ews-gateway as a Windows service under the virtual account NT SERVICE\ews-gateway.

.DESCRIPTION
  Needs ews-gateway.exe (made by "npm run package"), WinSW's executable, and ews-gateway.xml beside this
  script. The virtual account has no password and no rights but those given here: it may read the folder
  and write logs, certs and state in it. The configuration, and the program, are changed by administrators
  only, who run "ews-gateway init" in an elevated window. Run it again to update; the configuration is kept,
  and state that an earlier release put beside it moves into the folder state.

.EXAMPLE
  .\install.ps1 -Gateway .\ews-gateway-win-x64.exe -WinSW .\WinSW-x64.exe
#>
#Requires -RunAsAdministrator
[CmdletBinding()]
param(
  [Parameter(Mandatory)] [string] $Gateway,
  [Parameter(Mandatory)] [string] $WinSW,
  [string] $Folder = "$env:ProgramFiles\ews-gateway"
)
$ErrorActionPreference = 'Stop'
$name = 'ews-gateway'
$account = "NT SERVICE\$name"
$wrapper = Join-Path $Folder 'ews-gateway-service.exe'

foreach ($file in $Gateway, $WinSW, (Join-Path $PSScriptRoot 'ews-gateway.xml')) {
  if (-not (Test-Path -LiteralPath $file -PathType Leaf)) { throw "$file is not there." }
}

$existing = Get-Service -Name $name -ErrorAction SilentlyContinue
if ($existing -and $existing.Status -ne 'Stopped') {
  Write-Host "Stopping the running service ..."
  Stop-Service -Name $name
}

foreach ($sub in '', 'config', 'logs', 'certs', 'state') {
  New-Item -ItemType Directory -Force -Path (Join-Path $Folder $sub) | Out-Null
}
# Enrolled passwords and sign-ins, which releases before this one kept beside the configuration.
foreach ($kept in 'gateway-state.json', 'gateway-tokens') {
  $old = Join-Path $Folder "config\$kept"
  $new = Join-Path $Folder "state\$kept"
  if ((Test-Path -LiteralPath $old) -and -not (Test-Path -LiteralPath $new)) {
    Move-Item -LiteralPath $old -Destination $new
  }
}
Copy-Item -LiteralPath $Gateway -Destination (Join-Path $Folder 'ews-gateway.exe') -Force
Copy-Item -LiteralPath $WinSW -Destination $wrapper -Force
$settings = Join-Path $PSScriptRoot 'ews-gateway.xml'
Copy-Item -LiteralPath $settings -Destination (Join-Path $Folder 'ews-gateway-service.xml') -Force

if (-not $existing) {
  & $wrapper install
  if ($LASTEXITCODE -ne 0) { throw "WinSW could not install the service (exit code $LASTEXITCODE)." }
}
# A virtual account: Windows makes it with the service, and it has no password to keep or to leak.
& sc.exe config $name obj= $account | Out-Null
if ($LASTEXITCODE -ne 0) { throw "The service's account could not be set (exit code $LASTEXITCODE)." }
& sc.exe sidtype $name unrestricted | Out-Null

# Everybody else but administrators is kept out: secrets and password hashes are in there.
$administrators = '*S-1-5-32-544:(OI)(CI)F', '*S-1-5-18:(OI)(CI)F'
& icacls.exe $Folder /inheritance:r /grant:r @administrators "${account}:(OI)(CI)RX" | Out-Null
if ($LASTEXITCODE -ne 0) { throw "The rights of $Folder could not be set (exit code $LASTEXITCODE)." }
# The configuration decides who may open which mailbox: the service reads it, and cannot change it. An
# earlier release gave it that right, which /reset takes away, with what files have of their own.
& icacls.exe (Join-Path $Folder 'config') /reset /T /C | Out-Null
if ($LASTEXITCODE -ne 0) { throw "The rights of config could not be set (exit code $LASTEXITCODE)." }
foreach ($sub in 'logs', 'certs', 'state') {
  & icacls.exe (Join-Path $Folder $sub) /grant:r "${account}:(OI)(CI)M" | Out-Null
  if ($LASTEXITCODE -ne 0) { throw "The rights of $sub could not be set (exit code $LASTEXITCODE)." }
}

# A source of its own, for event-log.ps1.
if (-not [System.Diagnostics.EventLog]::SourceExists($name)) { New-EventLog -LogName Application -Source $name }

if (Test-Path -LiteralPath (Join-Path $Folder 'config\gateway.yaml')) {
  Start-Service -Name $name
  Write-Host "The service runs. Status page: http://127.0.0.1:8026"
} else {
  Write-Host "Now write the configuration, look at it, and start the service:"
  Write-Host "  cd '$Folder'"
  Write-Host "  .\ews-gateway.exe init"
  Write-Host "  Start-Service $name"
}

<#
.SYNOPSIS
  Copies the gateway's warnings and errors into the Windows event log (Application, source ews-gateway).

.DESCRIPTION
  For monitoring that reads the event log. Run it once with -Register, elevated, to have it run every five
  minutes. It remembers how far it has read; each line of the log becomes one event: 1 is a warning, 2 an
  error.

  The task does not run this file but a copy in the gateway's folder, which only administrators may change,
  and as LOCAL SERVICE, which may read the log and write its mark, and nothing else of the gateway.
#>
[CmdletBinding()]
param(
  [string] $Folder = "$env:ProgramFiles\ews-gateway",
  [switch] $Register
)
$ErrorActionPreference = 'Stop'
$log = Join-Path $Folder 'logs\ews-gateway-service.out.log'
$scripts = Join-Path $Folder 'event-log'
$marks = Join-Path $scripts 'state'
$mark = Join-Path $marks 'event-log.position'

function Set-Rights([string] $Path, [string[]] $Rights) {
  & icacls.exe $Path @Rights | Out-Null
  if ($LASTEXITCODE -ne 0) { throw "The rights of $Path could not be set (exit code $LASTEXITCODE)." }
}

if ($Register) {
  $principal = New-Object Security.Principal.WindowsPrincipal ([Security.Principal.WindowsIdentity]::GetCurrent())
  if (-not $principal.IsInRole([Security.Principal.WindowsBuiltInRole]::Administrator)) {
    throw 'Registering needs an elevated PowerShell.'
  }
  if (-not (Test-Path -LiteralPath $Folder -PathType Container)) {
    throw "$Folder is not there: install the service first."
  }
  foreach ($path in $scripts, $marks) { New-Item -ItemType Directory -Force -Path $path | Out-Null }
  # Administrators and SYSTEM: everything. LOCAL SERVICE (S-1-5-19): read here, write its mark only.
  $everything = '*S-1-5-32-544:(OI)(CI)F', '*S-1-5-18:(OI)(CI)F'
  Set-Rights $scripts (@('/inheritance:r', '/grant:r') + $everything + '*S-1-5-19:(OI)(CI)RX')
  Set-Rights $marks @('/grant:r', '*S-1-5-19:(OI)(CI)M')
  $copy = Join-Path $scripts 'event-log.ps1'
  Copy-Item -LiteralPath $PSCommandPath -Destination $copy -Force
  # A file that came with rights of its own gets those of its folder.
  Set-Rights $copy @('/reset')
  # To reach the log it passes the gateway's folder, and reads what is in logs.
  Set-Rights $Folder @('/grant', '*S-1-5-19:(RX)')
  Set-Rights (Join-Path $Folder 'logs') @('/grant', '*S-1-5-19:(OI)(CI)R')
  if (-not [System.Diagnostics.EventLog]::SourceExists('ews-gateway')) {
    New-EventLog -LogName Application -Source 'ews-gateway'
  }
  $action = @{
    # By its full path: LOCAL SERVICE looks for nothing.
    Execute = "$env:SystemRoot\System32\WindowsPowerShell\v1.0\powershell.exe"
    Argument = "-NoProfile -NonInteractive -ExecutionPolicy Bypass -File `"$copy`" -Folder `"$Folder`""
  }
  $account = @{ UserId = 'NT AUTHORITY\LOCAL SERVICE'; LogonType = 'ServiceAccount'; RunLevel = 'Limited' }
  $task = @{
    TaskName = 'ews-gateway event log'
    Action = New-ScheduledTaskAction @action
    Trigger = New-ScheduledTaskTrigger -Once -At (Get-Date) -RepetitionInterval (New-TimeSpan -Minutes 5)
    Principal = New-ScheduledTaskPrincipal @account
    Settings = New-ScheduledTaskSettingsSet -MultipleInstances IgnoreNew
  }
  Register-ScheduledTask @task -Force | Out-Null
  return
}
if (-not (Test-Path -LiteralPath $log)) { return }
$stream = New-Object System.IO.FileStream($log, 'Open', 'Read', 'ReadWrite, Delete')
try {
  $position = if (Test-Path -LiteralPath $mark) { [long](Get-Content -LiteralPath $mark -TotalCount 1) } else { 0 }
  # A new file, since the old one was rolled away.
  if ($position -gt $stream.Length) { $position = 0 }
  [void]$stream.Seek($position, 'Begin')
  $reader = New-Object System.IO.StreamReader($stream, [System.Text.Encoding]::UTF8)
  while ($null -ne ($line = $reader.ReadLine())) {
    try { $entry = $line | ConvertFrom-Json } catch { continue }
    if ($entry.level -lt 40) { continue }
    $kind = if ($entry.level -ge 50) { 'Error' } else { 'Warning' }
    $id = if ($entry.level -ge 50) { 2 } else { 1 }
    $text = "$($entry.msg)`r`n`r`n$line"
    $text = $text.Substring(0, [Math]::Min($text.Length, 30000))
    Write-EventLog -LogName Application -Source 'ews-gateway' -EventId $id -EntryType $kind -Message $text
  }
  Set-Content -LiteralPath $mark -Value $stream.Position
} finally {
  $stream.Dispose()
}

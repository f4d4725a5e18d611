<#
.SYNOPSIS
  Copies the gateway's warnings and errors into the Windows event log (Application, source ews-gateway).

.DESCRIPTION
  For monitoring that reads the event log. Run it once with -Register to have it run every five minutes.
  It remembers how far it has read; each line of the log becomes one event: 1 is a warning, 2 an error.
#>
[CmdletBinding()]
param(
  [string] $Folder = "$env:ProgramFiles\ews-gateway",
  [switch] $Register
)
$ErrorActionPreference = 'Stop'
$log = Join-Path $Folder 'logs\ews-gateway-service.out.log'
$mark = Join-Path $Folder 'logs\event-log.position'

if ($Register) {
  $action = New-ScheduledTaskAction -Execute 'powershell.exe' -Argument "-NoProfile -ExecutionPolicy Bypass -File `"$PSCommandPath`" -Folder `"$Folder`""
  $trigger = New-ScheduledTaskTrigger -Once -At (Get-Date) -RepetitionInterval (New-TimeSpan -Minutes 5)
  Register-ScheduledTask -TaskName 'ews-gateway event log' -Action $action -Trigger $trigger -User 'NT AUTHORITY\SYSTEM' -Force | Out-Null
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
    Write-EventLog -LogName Application -Source 'ews-gateway' -EventId $id -EntryType $kind -Message $text.Substring(0, [Math]::Min($text.Length, 30000))
  }
  Set-Content -LiteralPath $mark -Value $stream.Position
} finally {
  $stream.Dispose()
}

/** The tenant's side of the set-up as one PowerShell script, printable ASCII throughout. */
import { VERSION } from '../../version.ts';
import { ENTRA } from './entra.ts';
import { EXCHANGE } from './exchange.ts';
import { PLACEHOLDERS, values, type TenantScriptOptions } from './values.ts';

const HEAD = String.raw`<#
.SYNOPSIS
  Sets up a Microsoft 365 tenant for ews-gateway: app registration, permissions, mailboxes, EWS.

.DESCRIPTION
  For PowerShell 7 and Windows PowerShell 5.1. What is there already is left as it is, and reported where
  it differs; run it again to check. It asks before it installs modules, and before it changes a setting
  that other apps depend on.

  Roles: Privileged Role Administrator (or Global Administrator) for the permissions in Entra, member of
  Organization Management for Exchange.

  The two modules sometimes bring different versions of one library ("Method not found", "Could not load
  file or assembly Microsoft.Identity.Client"). Then use a new window for each part:
    .\tenant.ps1 -Part Entra
    .\tenant.ps1 -Part Exchange -TenantId ... -ClientId ... -ObjectId ...

.PARAMETER ObjectId
  Object id of the enterprise application (service principal), not that of the app registration.
#>
#Requires -Version 5.1
[CmdletBinding()]
param(
  [ValidateSet('All', 'Entra', 'Exchange')] [string] $Part = 'All',
  [string] $TenantId,
  [string] $ClientId,
  [string] $ObjectId
)
$ErrorActionPreference = 'Stop'`;

const FUNCTIONS = String.raw`function Write-Step([string] $Text) {
  Write-Host ''
  Write-Host "== $Text" -ForegroundColor Cyan
}
function Write-Good([string] $Text) { Write-Host "   $Text" -ForegroundColor Green }
function Write-Differs([string] $Text) {
  $script:differences += 1
  Write-Host "   DIFFERS: $Text" -ForegroundColor Yellow
}
function Confirm-Step([string] $Question) { return (Read-Host "   $Question [y/N]") -match '^\s*y' }
function Use-Module([string] $Module) {
  if (-not (Get-Module -ListAvailable -Name $Module)) {
    if (-not (Confirm-Step "The module $Module is missing. Install it for the current user?")) {
      throw "Without the module $Module nothing can be done here."
    }
    # Windows PowerShell would offer the gallery an older TLS than it takes.
    [Net.ServicePointManager]::SecurityProtocol = [Net.ServicePointManager]::SecurityProtocol -bor 'Tls12'
    Install-Module -Name $Module -Scope CurrentUser -Repository PSGallery
  }
  Import-Module -Name $Module
}
# What was made a moment ago is not known everywhere in Entra at once.
function Invoke-Patiently([scriptblock] $Action) {
  for ($attempt = 1; ; $attempt++) {
    try { return & $Action } catch {
      $unknown = 'does not exist|does not reference|not ?found|couldn.t be found'
      if ($attempt -ge 8 -or "$_" -notmatch $unknown) { throw }
      Start-Sleep -Seconds 5
    }
  }
}
$differences = 0
$expires = ''`;

const TAIL = String.raw`Write-Step 'For the gateway'
Write-Host "   Directory (tenant) id:                   $TenantId"
Write-Host "   Application (client) id:                 $ClientId"
Write-Host "   Object id of the enterprise application: $ObjectId"
if ($Part -ne 'Entra') {
  Write-Host ''
  Write-Host '   gateway.yaml, with one caller for each user name that the programs send:'
  Write-Host ''
  foreach ($line in $yaml) {
    if (-not $expires -and $line.Contains('${PLACEHOLDERS.expires}')) { continue }
    $line = $line.Replace('${PLACEHOLDERS.tenantId}', $TenantId)
    $line = $line.Replace('${PLACEHOLDERS.clientId}', $ClientId)
    Write-Host $line.Replace('${PLACEHOLDERS.expires}', $expires)
  }
  Write-Host ''
  Write-Host '   Then, on the machine of the gateway:'
  Write-Host '     ews-gateway check --config config/gateway.yaml'
}
if ($differences -gt 0) { Write-Host "$differences point(s) differ: see above." -ForegroundColor Yellow }`;

/** @returns the script, ending in a line break */
export function tenantScript(options: TenantScriptOptions): string {
  return [
    `# Made by ews-gateway ${VERSION} (ews-gateway tenant-script). It holds no secret.`,
    HEAD,
    '',
    values(options),
    '',
    FUNCTIONS,
    '',
    ENTRA,
    '',
    EXCHANGE,
    '',
    TAIL,
    '',
  ].join('\n');
}

/**
 * The script's part for Exchange Online: RBAC for Applications, and EWS let through.
 *
 * @see https://learn.microsoft.com/exchange/permissions-exo/application-rbac
 * @see https://learn.microsoft.com/powershell/module/exchangepowershell/set-organizationconfig
 */
export const EXCHANGE = String.raw`if ($Part -ne 'Entra' -and ($scoped -or $ews)) {
  Write-Step 'Exchange: sign in'
  Use-Module 'ExchangeOnlineManagement'
  Connect-ExchangeOnline -ExchangeEnvironmentName $exchangeEnvironment -ShowBanner:$false
  $connected = @(Get-ConnectionInformation | Where-Object { $_.State -eq 'Connected' })
  if ($connected.Count -gt 0 -and "$($connected[-1].TenantID)" -ne $TenantId) {
    throw "Exchange is signed in to another tenant, $($connected[-1].TenantID)."
  }
}
if ($Part -ne 'Entra' -and $scoped) {
  Write-Step 'Exchange: the mailboxes that the app may open'
  $addresses = @()
  if ($group) {
    $found = @(Get-Group -Identity $group)
    if ($found.Count -ne 1) { throw "'$group' names $($found.Count) groups." }
    # Members of groups within the group do not count.
    $restriction = "MemberOfGroup -eq '" + $found[0].DistinguishedName.Replace("'", "''") + "'"
  } else {
    foreach ($mailbox in $mailboxes) {
      $addresses += [string] (Get-Mailbox -Identity $mailbox).PrimarySmtpAddress
    }
    $parts = $addresses | ForEach-Object { "PrimarySmtpAddress -eq '" + $_.Replace("'", "''") + "'" }
    $restriction = $parts -join ' -or '
  }
  if ((Get-OrganizationConfig).IsDehydrated) {
    Write-Host '   Scopes need Enable-OrganizationCustomization, which this tenant has not run yet.'
    if (-not (Confirm-Step 'Run it?')) { throw 'Stopped: without it no scope can be made.' }
    Enable-OrganizationCustomization
  }

  $pointer = @(Get-ServicePrincipal | Where-Object { $_.AppId -eq $ClientId })
  if ($pointer.Count -eq 0) {
    Invoke-Patiently { New-ServicePrincipal -AppId $ClientId -ObjectId $ObjectId -DisplayName $name } | Out-Null
    Write-Good 'the app is made known to Exchange'
  } elseif ($pointer[0].ObjectId -ne $ObjectId) {
    Write-Differs "Exchange knows the app by another object id, $($pointer[0].ObjectId)."
  } else {
    Write-Good 'Exchange knows the app'
  }

  $scopeName = "$name mailboxes"
  $scope = @(Get-ManagementScope | Where-Object { $_.Name -eq $scopeName })
  if ($scope.Count -eq 0) {
    New-ManagementScope -Name $scopeName -RecipientRestrictionFilter $restriction | Out-Null
    Write-Good "scope '$scopeName' made: $restriction"
  } elseif (($scope[0].RecipientFilter -replace '[()\s]', '') -ne ($restriction -replace '[()\s]', '')) {
    Write-Differs "scope '$scopeName' is:"
    Write-Host "     $($scope[0].RecipientFilter)"
    Write-Host '   and would be, set by Set-ManagementScope -RecipientRestrictionFilter:'
    Write-Host "     $restriction"
  } else {
    Write-Good "scope '$scopeName' is there: $restriction"
  }

  foreach ($role in $roles) {
    $assignmentName = "$name " + ($role -replace '^Application ', '')
    $assignment = @(Get-ManagementRoleAssignment -Role $role | Where-Object { $_.Name -eq $assignmentName })
    if ($assignment.Count -eq 0) {
      $new = @{ Name = $assignmentName; App = $ObjectId; Role = $role; CustomResourceScope = $scopeName }
      Invoke-Patiently { New-ManagementRoleAssignment @new } | Out-Null
      Write-Good "role '$role' given, within the scope"
    } elseif ("$($assignment[0].CustomResourceScope)" -ne $scopeName) {
      Write-Differs "role '$role' is given within the scope '$($assignment[0].CustomResourceScope)', not '$scopeName'."
    } else {
      Write-Good "role '$role' is given, within the scope"
    }
  }

  # Assignments add up: another one, made by hand, could open more.
  $others = @(Test-ServicePrincipalAuthorization -Identity $ObjectId | Where-Object {
    $roles -contains $_.RoleName -and "$($_.AllowedResourceScope)" -ne $scopeName
  })
  foreach ($other in $others) {
    Write-Differs "role '$($other.RoleName)' is also given within '$($other.AllowedResourceScope)'."
  }
  foreach ($address in $addresses) {
    $rights = @(Test-ServicePrincipalAuthorization -Identity $ObjectId -Resource $address)
    foreach ($role in $roles) {
      $right = @($rights | Where-Object { $_.RoleName -eq $role })
      if ("$($right.InScope)" -notmatch 'True') { Write-Differs "$address is not within '$role' yet." }
    }
  }
  Write-Host '   Exchange acts on it within two hours. Look at one that must NOT be in scope, too:'
  Write-Host "     Test-ServicePrincipalAuthorization -Identity $ObjectId -Resource somebody@contoso.com"
}
if ($Part -ne 'Entra' -and $ews) {
  Write-Step 'Exchange: EWS for this app'
  # The list is one text that each write replaces whole: read it, add to it, write it back.
  $before = Get-OrganizationConfig -RetrieveEwsOperationAccessPolicy
  $allowed = @("$($before.EwsAllowedAppIDs)" -split '[,;\s]+' | Where-Object { $_ })
  $merged = @($allowed)
  if ($allowed -notcontains $ClientId) { $merged += $ClientId }
  if ($before.EwsEnabled -eq $true -and $allowed -contains $ClientId) {
    Write-Good "EWS is on, and this app is one of $($allowed.Count) that are allowed"
  } else {
    $unset = "$($before.EwsEnabled)" -eq ''
    Write-Host "   EwsEnabled now:       $(if ($unset) { 'not set' } else { $before.EwsEnabled })"
    Write-Host "   EwsAllowedAppIDs now: $($allowed -join ', ')"
    Write-Host "   would be:             $($merged -join ', ')"
    if ($unset) {
      Write-Differs 'EwsEnabled is not set, so that the list has no effect yet. Once it is True, EWS works for'
      Write-Host '   the listed apps ONLY: add those that still use EWS (admin center, Reports, Usage).'
    }
    if (Confirm-Step 'Set EwsEnabled to True, and the list as shown?') {
      # Somebody else may have written meanwhile.
      $again = Get-OrganizationConfig -RetrieveEwsOperationAccessPolicy
      if ("$($again.EwsAllowedAppIDs)" -ne "$($before.EwsAllowedAppIDs)") {
        throw 'The list has just changed. Run this again.'
      }
      Set-OrganizationConfig -EwsEnabled $true -EwsAllowedAppIDs ($merged -join ',')
      Write-Good 'set; it can take 24 hours'
    } else {
      Write-Differs 'EWS is not allowed for this app.'
    }
  }
  if ($before.EwsApplicationAccessPolicy) {
    Write-Differs "the tenant has a policy on User-Agents as well: $($before.EwsApplicationAccessPolicy)."
  }
  foreach ($mailbox in $mailboxes) {
    if ((Get-CASMailbox -Identity $mailbox).EwsEnabled -eq $false) {
      Write-Differs "EWS is switched off for $mailbox itself: Set-CASMailbox -EwsEnabled"
    }
  }
}`;

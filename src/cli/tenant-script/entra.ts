/**
 * The script's part for Entra.
 *
 * @see https://learn.microsoft.com/powershell/module/microsoft.graph.applications/
 * @see https://learn.microsoft.com/entra/identity/enterprise-apps/grant-admin-consent
 */
export const ENTRA = String.raw`if ($Part -ne 'Exchange') {
  Write-Step 'Entra: sign in'
  # Two of the modules that Microsoft.Graph consists of; the whole has dozens.
  Use-Module 'Microsoft.Graph.Authentication'
  Use-Module 'Microsoft.Graph.Applications'
  $connection = @{
    Scopes = 'Application.ReadWrite.All', 'AppRoleAssignment.ReadWrite.All'
    Environment = $graphEnvironment
    NoWelcome = $true
  }
  if ($TenantId) { $connection.TenantId = $TenantId }
  Connect-MgGraph @connection
  $context = Get-MgContext
  $TenantId = $context.TenantId
  if (-not (Confirm-Step "Signed in as $($context.Account) in tenant $TenantId. Go on there?")) { throw 'Stopped.' }

  Write-Step "Entra: app registration '$name'"
  $filter = "displayName eq '" + $name.Replace("'", "''") + "'"
  $apps = @(Get-MgApplication -Filter $filter -All)
  if ($apps.Count -gt 1) {
    throw "There are $($apps.Count) app registrations with this name. Rename one, or use another --name."
  }
  if ($apps.Count -eq 1) {
    $app = $apps[0]
    Write-Good "is there: $($app.AppId)"
    if ($app.SignInAudience -ne 'AzureADMyOrg') {
      Write-Differs "it is open to accounts of other directories (SignInAudience is $($app.SignInAudience))."
    }
  } else {
    # No redirect URI: nobody signs in to this app.
    $app = New-MgApplication -DisplayName $name -SignInAudience 'AzureADMyOrg'
    Write-Good "made: $($app.AppId)"
  }
  $ClientId = $app.AppId

  $principals = @(Get-MgServicePrincipal -Filter "appId eq '$ClientId'" -All)
  if ($principals.Count -eq 1) {
    $principal = $principals[0]
    Write-Good "its enterprise application is there: $($principal.Id)"
    if ($principal.AccountEnabled -eq $false) {
      Write-Differs 'sign-in is switched off for the enterprise application.'
    }
  } else {
    $principal = Invoke-Patiently { New-MgServicePrincipal -AppId $ClientId }
    Write-Good "its enterprise application made: $($principal.Id)"
  }
  $ObjectId = $principal.Id

  Write-Step 'Entra: application permissions, with admin consent'
  $granted = @(Invoke-Patiently { Get-MgServicePrincipalAppRoleAssignment -ServicePrincipalId $ObjectId -All })
  foreach ($permission in $permissions) {
    $resource = @(Get-MgServicePrincipal -Filter "appId eq '$($permission.Resource)'" -All)[0]
    if (-not $resource) {
      if ($permission.Wanted) { throw "The tenant does not know the service $($permission.Resource)." }
      continue
    }
    $role = $resource.AppRoles | Where-Object { $_.Id -eq $permission.Id }
    if (-not $role -or $role.Value -ne $permission.Value) {
      throw "Permission $($permission.Id) of $($resource.DisplayName) is not $($permission.Value) in this tenant."
    }
    $has = @($granted | Where-Object { $_.ResourceId -eq $resource.Id -and $_.AppRoleId -eq $permission.Id })
    if ($permission.Wanted -and $has.Count -gt 0) {
      Write-Good "$($permission.Value) of $($resource.DisplayName): granted already"
    } elseif ($permission.Wanted) {
      if (-not (Confirm-Step "Grant $($permission.Value) of $($resource.DisplayName)? It holds for ALL mailboxes.")) {
        throw 'Stopped. --mailboxes or --mailboxes-group limits the app.'
      }
      $grant = @{
        ServicePrincipalId = $ObjectId
        PrincipalId = $ObjectId
        ResourceId = $resource.Id
        AppRoleId = $permission.Id
      }
      Invoke-Patiently { New-MgServicePrincipalAppRoleAssignment @grant } | Out-Null
      Write-Good "$($permission.Value) of $($resource.DisplayName): granted"
    } elseif ($has.Count -gt 0 -and $scoped) {
      # Both kinds of permission add up: the limit below would limit nothing.
      Write-Differs "$($permission.Value) is granted for ALL mailboxes. While it is, the limit below has no effect:"
      $removal = "-ServicePrincipalId $ObjectId -AppRoleAssignmentId $($has[0].Id)"
      Write-Host "     Remove-MgServicePrincipalAppRoleAssignment $removal"
    } elseif ($has.Count -gt 0) {
      Write-Differs "$($permission.Value) is granted, though this script was made without it."
    }
  }
  if ($scoped) { Write-Good 'none in Entra: the roles in Exchange say which mailboxes the app may open' }

  Write-Step 'Entra: what the app signs in with'
  $now = [DateTime]::UtcNow
  if ($certificate) {
    $full = Invoke-Patiently { Get-MgApplication -ApplicationId $app.Id -Property 'id,keyCredentials' }
    $uploaded = @($full.KeyCredentials | Where-Object { $_ })
    $bytes = [Convert]::FromBase64String($certificate)
    $x509 = New-Object System.Security.Cryptography.X509Certificates.X509Certificate2 -ArgumentList @(, $bytes)
    $thumbprint = $x509.GetCertHash()
    $known = @($uploaded | Where-Object {
      $_.CustomKeyIdentifier -and "$($_.CustomKeyIdentifier)" -eq "$thumbprint"
    })
    if ($known.Count -gt 0) {
      Write-Good "the certificate is there, until $($x509.NotAfter.ToString('yyyy-MM-dd'))"
    } elseif ($uploaded.Count -gt 0) {
      # Each write replaces all certificates of the app.
      Write-Differs "the app has $($uploaded.Count) other certificate(s). Upload this one in the Entra admin center:"
      Write-Host '     App registrations > (the app) > Certificates & secrets > Certificates > Upload certificate'
    } else {
      $key = @{ Type = 'AsymmetricX509Cert'; Usage = 'Verify'; Key = $bytes; DisplayName = $x509.Subject }
      Invoke-Patiently { Update-MgApplication -ApplicationId $app.Id -KeyCredentials @($key) }
      Write-Good "certificate uploaded: $($x509.Thumbprint), until $($x509.NotAfter.ToString('yyyy-MM-dd'))"
    }
    if ($x509.NotAfter.ToUniversalTime() -lt $now.AddDays(30)) { Write-Differs 'the certificate ends within 30 days.' }
  } else {
    $full = Invoke-Patiently { Get-MgApplication -ApplicationId $app.Id -Property 'id,passwordCredentials' }
    $secrets = @($full.PasswordCredentials | Where-Object { $_ })
    foreach ($secret in $secrets) {
      Write-Host "   client secret '$($secret.DisplayName)' ends on $($secret.EndDateTime.ToString('yyyy-MM-dd'))"
    }
    $valid = @($secrets | Where-Object { $_.EndDateTime -gt $now.AddDays(30) })
    if ($valid.Count -gt 0) {
      Write-Good 'a client secret is there; its value cannot be shown again'
      $expires = ($valid | Sort-Object EndDateTime)[-1].EndDateTime.ToString('yyyy-MM-dd')
    } elseif ($secrets.Count -gt 0 -and -not (Confirm-Step 'No client secret lasts 30 days more. Make another one?')) {
      Write-Differs 'no client secret lasts 30 days more.'
    } else {
      $password = @{ displayName = 'ews-gateway'; endDateTime = $now.AddMonths(12) }
      $made = Invoke-Patiently { Add-MgApplicationPassword -ApplicationId $app.Id -PasswordCredential $password }
      $expires = $made.EndDateTime.ToString('yyyy-MM-dd')
      Write-Good "client secret made; it ends on $expires"
      Write-Host '   Its value, shown this once. Put it into the file client-secret.txt beside gateway.yaml:'
      Write-Host ''
      Write-Host "     $($made.SecretText)"
      Write-Host ''
      $made = $null
    }
  }
}
if ($Part -eq 'Exchange' -and -not ($TenantId -and $ClientId -and $ObjectId)) {
  throw '-Part Exchange needs -TenantId, -ClientId and -ObjectId: -Part Entra shows them at its end.'
}`;

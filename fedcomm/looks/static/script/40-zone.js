// Times are shown in the zone of the browser to those who have not chosen one.
{
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (zone) document.cookie = `fedcomm_zone=${zone}; path=/; max-age=31536000; samesite=lax`;
}

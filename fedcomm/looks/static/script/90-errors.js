// The errors of a form are read out and scrolled to.
{
  document.getElementById("errors")?.focus();
}

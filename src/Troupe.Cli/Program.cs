using System.Runtime.Versioning;

[assembly: SupportedOSPlatform("linux")]

return 0;

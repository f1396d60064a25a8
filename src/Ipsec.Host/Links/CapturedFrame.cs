namespace Ipsec.Host.Links;

/// <summary>A frame between the capture thread and the network's loop.</summary>
internal readonly record struct CapturedFrame(DateTimeOffset Time, RealLink Link, byte[] Octets);

namespace Conformance.Reports;

/// <summary>A report that cannot be made. The message is a sentence for the user.</summary>
public sealed class ReportException(string message, Exception? inner = null) : Exception(message, inner);

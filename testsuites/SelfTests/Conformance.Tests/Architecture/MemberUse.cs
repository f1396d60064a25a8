using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

namespace Conformance.Tests.Architecture;

/// <summary>Which members an assembly's code refers to, read from its metadata and IL.</summary>
internal static class MemberUse
{
    /// <summary>All members of other assemblies, as "Namespace.Type.Member".</summary>
    public static IEnumerable<string> Of(Assembly assembly)
    {
        using var file = new PEReader(File.OpenRead(assembly.Location));
        var metadata = file.GetMetadataReader();
        return [.. metadata.MemberReferences.Select(handle => Name(metadata, handle))];
    }

    /// <summary>Names of the types whose methods use a type or member that starts with one of these prefixes.</summary>
    public static IEnumerable<string> TypesUsing(Assembly assembly, params string[] prefixes)
    {
        using var file = new PEReader(File.OpenRead(assembly.Location));
        var metadata = file.GetMetadataReader();
        var tokens = metadata.MemberReferences.Where(handle => Starts(Name(metadata, handle))).Select(handle => MetadataTokens.GetToken(handle))
            .Concat(metadata.TypeReferences.Where(handle => Starts(Name(metadata, handle) + ".")).Select(handle => MetadataTokens.GetToken(handle)))
            .ToHashSet();
        var users = new List<string>();
        foreach (var typeHandle in metadata.TypeDefinitions)
        {
            var type = metadata.GetTypeDefinition(typeHandle);
            if (type.GetMethods().Select(metadata.GetMethodDefinition).Any(method => method.RelativeVirtualAddress != 0 && Uses(file, method, tokens)))
                users.Add(Outermost(metadata, typeHandle));
        }
        return users;

        bool Starts(string name) => prefixes.Any(prefix => name.StartsWith(prefix, StringComparison.Ordinal));
    }

    // A token is four octets after its opcode; looking at every offset finds all of them, and a chance match only makes the wall stricter.
    private static bool Uses(PEReader file, MethodDefinition method, HashSet<int> tokens)
    {
        var code = file.GetMethodBody(method.RelativeVirtualAddress).GetILBytes() ?? [];
        for (var offset = 0; offset + 4 <= code.Length; offset++)
            if (tokens.Contains(BitConverter.ToInt32(code, offset)))
                return true;
        return false;
    }

    /// <summary>Closures and state machines belong to the type that they were written in.</summary>
    private static string Outermost(MetadataReader metadata, TypeDefinitionHandle handle)
    {
        var type = metadata.GetTypeDefinition(handle);
        var name = metadata.GetString(type.Name);
        return name.Contains('<') && !type.GetDeclaringType().IsNil ? Outermost(metadata, type.GetDeclaringType()) : name;
    }

    private static string Name(MetadataReader metadata, MemberReferenceHandle handle)
    {
        var member = metadata.GetMemberReference(handle);
        var parent = member.Parent.Kind == HandleKind.TypeReference ? Name(metadata, (TypeReferenceHandle)member.Parent) : "";
        return $"{parent}.{metadata.GetString(member.Name)}";
    }

    private static string Name(MetadataReader metadata, TypeReferenceHandle handle)
    {
        var type = metadata.GetTypeReference(handle);
        return $"{metadata.GetString(type.Namespace)}.{metadata.GetString(type.Name)}";
    }
}

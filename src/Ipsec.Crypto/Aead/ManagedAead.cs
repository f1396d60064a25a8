using System.Security.Cryptography;
using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Crypto.Modes;
using Org.BouncyCastle.Crypto.Parameters;

namespace Ipsec.Crypto;

/// <summary>The authenticated modes of BouncyCastle.</summary>
internal sealed class ManagedAead(Func<IAeadCipher> cipher) : AeadMode
{
    public override BoundAead Bind(ReadOnlySpan<byte> key, int icvLength) => new Bound(cipher, key, icvLength);

    private sealed class Bound(Func<IAeadCipher> cipher, ReadOnlySpan<byte> key, int icvLength) : BoundAead
    {
        private readonly byte[] _key = key.ToArray();

        public override void Encrypt(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> associated, Span<byte> data, Span<byte> icv)
        {
            var output = new byte[data.Length + icvLength];
            Run(forEncryption: true, nonce, associated, data, output);
            output.AsSpan(0, data.Length).CopyTo(data);
            output.AsSpan(data.Length).CopyTo(icv);
        }

        public override bool TryDecrypt(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> associated, Span<byte> data, ReadOnlySpan<byte> icv)
        {
            byte[] input = [.. data, .. icv];
            var output = new byte[input.Length];
            try
            {
                Run(forEncryption: false, nonce, associated, input, output);
                output.AsSpan(0, data.Length).CopyTo(data);
                return icv.Length == icvLength;
            }
            catch (InvalidCipherTextException)
            {
                data.Clear();
                return false;
            }
            finally
            {
                CryptographicOperations.ZeroMemory(output);
            }
        }

        public override void Dispose() => CryptographicOperations.ZeroMemory(_key);

        private void Run(bool forEncryption, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> associated, ReadOnlySpan<byte> input, Span<byte> output)
        {
            // A cipher that has been used refuses the nonce that it had last, which a tester may well want again.
            var fresh = cipher();
            fresh.Init(forEncryption, new AeadParameters(new KeyParameter(_key), 8 * icvLength, nonce.ToArray(), associated.ToArray()));
            var length = fresh.ProcessBytes(input, output);
            fresh.DoFinal(output[length..]);
        }
    }
}

// What Authly is compared with: "openiddict" is OpenIddict as its documentation sets it up; "kestrel" answers given bytes and does
// nothing else; "signed" answers a signed token and does nothing else.
using Authly.Baselines;

await (args[0] switch
{
    "openiddict" => Documented.RunAsync(args[1..]),
    "kestrel" => Bytes.RunAsync(args[1..]),
    "signed" => Signed.RunAsync(args[1..]),
    _ => throw new ArgumentException("openiddict, kestrel or signed"),
});

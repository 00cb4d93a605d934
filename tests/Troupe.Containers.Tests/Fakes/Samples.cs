using System.Text;
using Troupe.Protocol;
using Troupe.Protocol.Containers;
using Troupe.Protocol.Images;
using Troupe.Specs;

namespace Troupe.Containers.Tests.Fakes;

internal static class Samples
{
    public static readonly ContainerId Id = ContainerId.Parse(new string('a', 64));

    public static readonly Cause Cause = new("m1", "uid:0", "test");

    public static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    public static readonly Digest ImageId = Digest.FromHex(new string('1', 64));

    public static HostSpec Host { get; } = new(
        NetworkMode: "default", AutoRemove: false, Privileged: false, ReadonlyRootfs: false, CapAdd: [], CapDrop: [], SecurityOpt: [],
        MemoryBytes: 0, MemoryReservationBytes: 0, MemorySwapBytes: 0, NanoCpus: 0, CpuShares: 0, CpuPeriodUs: 0, CpuQuotaUs: 0,
        CpusetCpus: "", CpusetMems: "", PidsLimit: null, ShmSizeBytes: 0, OomScoreAdj: 0, OomKillDisable: null, Init: null,
        RestartPolicyName: "no", RestartMaximumRetryCount: 0, LogDriver: "", LogOptions: [], Dns: [], DnsSearch: [], DnsOptions: [],
        ExtraHosts: [], GroupAdd: [], Sysctls: [], Ulimits: [], Tmpfs: [], IpcMode: "", PidMode: "", UtsMode: "", CgroupnsMode: "",
        Runtime: "", MaskedPaths: null, ReadonlyPaths: null, CgroupParent: "", HostConfigJson: "{}");

    public static ContainerSpec Spec { get; } = new(
        Image: "busybox", Hostname: "", Domainname: "", User: "", AttachStdin: false, AttachStdout: true, AttachStderr: true, Tty: false,
        OpenStdin: false, StdinOnce: false, Env: [], Cmd: ["true"], Entrypoint: null, WorkingDir: "", Labels: [], ExposedPorts: [],
        Volumes: [], StopSignal: "", StopTimeoutSeconds: null, Host: Host);

    public static AdmitContainer Admit(ContainerSpec? spec = null, ContainerId? id = null, long generation = 1) =>
        new(id ?? Id, Cause, "name", generation, ImageId, [ImageId], spec ?? Spec);

    public static ImageView Image(string config = """{"rootfs":{"type":"layers","diff_ids":[]},"config":{}}""") => new(
        ImageId, ImageId, ["busybox:latest"], [], 1, Now, [], [ImageId], Encoding.UTF8.GetBytes(config), Now);
}

using System.Runtime.InteropServices;

namespace Troupe.Linux.Programs;

/// <summary>System call numbers of this machine: x86-64 or asm-generic (arm64). Checked against the C headers by a test.</summary>
public static class Syscalls
{
    private static readonly bool s_x64 = RuntimeInformation.ProcessArchitecture == Architecture.X64;

    public static readonly int Read = Pick(0, 63);
    public static readonly int Write = Pick(1, 64);
    public static readonly int Close = Pick(3, 57);
    public static readonly int Ioctl = Pick(16, 29);
    public static readonly int RtSigaction = Pick(13, 134);
    public static readonly int RtSigprocmask = Pick(14, 135);
    public static readonly int Socket = Pick(41, 198);
    public static readonly int Sendmsg = Pick(46, 211);
    public static readonly int Umask = Pick(95, 166);
    public static readonly int Setsid = Pick(112, 157);
    public static readonly int Setgroups = Pick(116, 159);
    public static readonly int Setresuid = Pick(117, 147);
    public static readonly int Setresgid = Pick(119, 149);
    public static readonly int Capset = Pick(126, 91);
    public static readonly int Personality = Pick(135, 92);
    public static readonly int Fstatfs = Pick(138, 44);
    public static readonly int PivotRoot = Pick(155, 41);
    public static readonly int Prctl = Pick(157, 167);
    public static readonly int Chroot = Pick(161, 51);
    public static readonly int Mount = Pick(165, 40);
    public static readonly int Umount2 = Pick(166, 39);
    public static readonly int Sethostname = Pick(170, 161);
    public static readonly int Setdomainname = Pick(171, 162);
    public static readonly int Fchdir = Pick(81, 50);
    public static readonly int Chdir = Pick(80, 49);
    public static readonly int Getcwd = Pick(79, 17);
    public static readonly int Keyctl = Pick(250, 219);
    public static readonly int IoprioSet = Pick(251, 30);
    public static readonly int Openat = Pick(257, 56);
    public static readonly int Mkdirat = Pick(258, 34);
    public static readonly int Mknodat = Pick(259, 33);
    public static readonly int Symlinkat = Pick(266, 36);
    public static readonly int Unshare = Pick(272, 97);
    public static readonly int Execve = Pick(59, 221);
    public static readonly int Dup3 = Pick(292, 24);
    public static readonly int Prlimit64 = Pick(302, 261);
    public static readonly int Setns = Pick(308, 268);
    public static readonly int SchedSetattr = Pick(314, 274);
    public static readonly int Seccomp = Pick(317, 277);
    public static readonly int MemfdCreate = Pick(319, 279);
    public static readonly int Execveat = Pick(322, 281);
    public static readonly int Statx = Pick(332, 291);
    public static readonly int PidfdSendSignal = 424;
    public static readonly int OpenTree = 428;
    public static readonly int MoveMount = 429;
    public static readonly int Fsopen = 430;
    public static readonly int Fsconfig = 431;
    public static readonly int Fsmount = 432;
    public static readonly int PidfdOpen = 434;
    public static readonly int Clone3 = 435;
    public static readonly int CloseRange = 436;
    public static readonly int Openat2 = 437;
    public static readonly int PidfdGetfd = 438;
    public static readonly int Faccessat2 = 439;
    public static readonly int MountSetattr = 442;

    private static int Pick(int x64, int generic) => s_x64 ? x64 : generic;
}

"""A real Slurm on this one machine: munged, slurmctld and slurmd with a key, a state and ports of their own.

By hand, to look at it: `python -m tests.slurm.cluster` starts one, prints which SLURM_CONF to export, ends with Ctrl-C.
"""

import contextlib
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

DAEMONS = ("munged", "slurmctld", "slurmd")
LONGEST = 120.0
"""Seconds that the node has to come up."""
CONFIGURATION = """\
ClusterName=tests
SlurmctldHost={host}(127.0.0.1)
SlurmUser={user}
SlurmdUser={user}
SlurmctldPort={port}
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
KillWait=60
SchedulerParameters=bf_interval=1,sched_min_interval=200000,batch_sched_delay=0
SlurmdParameters=config_overrides
ReturnToService=2
NodeName=node NodeHostname={host} NodeAddr=127.0.0.1 Port={node_port} CPUs={cores}
PartitionName=low Nodes=node Default=YES PriorityTier=1
PartitionName=high Nodes=node PriorityTier=10
"""


def daemon(name: str) -> str | None:
    """Return the path of a daemon, which need not be on a user's path."""
    return shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin:/sbin")


def lacking() -> str:
    """Return why no Slurm can be started here; empty if it can."""
    missing = [name for name in (*DAEMONS, "sbatch") if daemon(name) is None]
    if missing:
        return f"{', '.join(missing)} not installed (Debian: slurm-wlm and munge)"
    if os.geteuid() != 0:
        return "slurmd starts jobs as root only"
    return ""


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def asked(*words: str, configuration: Path) -> str:
    """Return what a command of this Slurm prints."""
    environment = os.environ | {"SLURM_CONF": str(configuration)}
    return subprocess.run(words, capture_output=True, text=True, check=True, env=environment, timeout=120).stdout


@contextmanager
def started(cores: int = 2) -> Iterator[Path]:
    """Start the daemons; yield the configuration file for SLURM_CONF. They end with the block."""
    folder = Path(tempfile.mkdtemp(prefix="slurm-"))  # short, as it holds a socket
    folder.chmod(0o755)
    key = folder / "munge.key"
    key.write_bytes(secrets.token_bytes(128))
    key.chmod(0o600)
    (folder / "state").mkdir()
    (folder / "spool").mkdir()
    configuration = folder / "slurm.conf"
    configuration.write_text(
        CONFIGURATION.format(
            host=socket.gethostname(),
            user="root",
            folder=folder,
            port=free_port(),
            node_port=free_port(),
            cores=cores,
        )
    )
    environment = os.environ | {"SLURM_CONF": str(configuration)}
    munge = [
        f"--{name}={folder}/munge.{name.split('-')[0]}" for name in ("key-file", "pid-file", "log-file", "seed-file")
    ]
    running: list[subprocess.Popen[bytes]] = []
    commands = (
        [daemon("munged"), "--foreground", "--force", f"--socket={folder}/munge.socket", *munge],
        [daemon("slurmctld"), "-D", "-i", "-f", configuration],
        [daemon("slurmd"), "-D", "-f", configuration, "-N", "node"],
    )
    try:
        for command in commands:
            log = (folder / f"{Path(str(command[0])).name}.log").open("wb")
            running.append(subprocess.Popen([str(word) for word in command], stdout=log, stderr=log, env=environment))
            log.close()
            if "munged" in str(command[0]):
                until(lambda: (folder / "munge.socket").exists(), "munged", folder)
        until(lambda: _idle(configuration), "the node", folder)
        yield configuration
    finally:
        with contextlib.suppress(subprocess.SubprocessError, OSError):
            asked("scancel", "--signal=KILL", "--user=root", configuration=configuration)
        for process in reversed(running):
            process.send_signal(signal.SIGTERM)
        for process in reversed(running):
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        shutil.rmtree(folder, ignore_errors=True)


def until(condition, what: str, folder: Path, longest: float = LONGEST) -> None:
    """Wait until a condition holds; raise with the end of the daemons' logs if it never does."""
    deadline = time.monotonic() + longest
    while not condition():
        if time.monotonic() > deadline:
            logs = "\n".join(
                f"{log}:\n{log.read_text(errors='replace')[-2000:]}" for log in sorted(folder.glob("*.log"))
            )
            raise TimeoutError(f"{what} did not come up in {longest:.0f} s\n{logs}")
        time.sleep(0.2)


def _idle(configuration: Path) -> bool:
    try:
        return asked("sinfo", "--noheader", "--format=%t", configuration=configuration).split()[0] == "idle"
    except (subprocess.SubprocessError, IndexError):
        return False


if __name__ == "__main__":
    with started() as conf, contextlib.suppress(KeyboardInterrupt):
        print(f"export SLURM_CONF={conf}", flush=True)
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        while True:
            time.sleep(3600)

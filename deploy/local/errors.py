"""What can go wrong on this machine, each with the sentence a person reads.

The command line prints `str(error)` as one line and exits with 1; the docstring is the sentence, its fields are
filled in from the arguments. A traceback is for our mistakes only.
"""


class PlatformError(Exception):
    """Something on this machine is not as Registan needs it."""

    def __init__(self, **fields: object) -> None:
        super().__init__((type(self).__doc__ or "").format(**fields))


class NotWritable(PlatformError):
    """Cannot write in {folder}: {reason}. Give another folder with REGISTAN_HOME."""


class PortTaken(PlatformError):
    """Port {port}, meant for {name}, is used by {holder}. Stop that process, or choose another port with {variable}."""


class AlreadyRunning(PlatformError):
    """Registan already runs from {home} (process {pid}). `registan status` shows it, `registan down` stops it."""


class NotRunning(PlatformError):
    """Nothing runs from {home}. Start it with `make run`, or set REGISTAN_<SERVICE>_DATABASE_URL."""


class DidNotStart(PlatformError):
    """{name} did not start: {reason}. Its log is {log}."""


class FolderClosed(PlatformError):
    """PostgreSQL refuses to run as root, and the user {user} may not enter {folder}. Set REGISTAN_HOME to a folder all may enter, such as /var/lib/registan."""  # noqa: E501


class Gone(PlatformError):
    """{folder} was there and is gone. Put it back (`registan restore` puts a backup back), or say `registan up --without {name}` to go on without what was in it."""  # noqa: E501


class NotInstalled(PlatformError):
    """What `registan up` starts is not installed ({module} is missing): `pip install 'registan[local]'`."""


class UnusableUrl(PlatformError):
    """{variable} is wrong: {reason}."""


class JarUnusable(PlatformError):
    """{coordinate} cannot be used: {reason}."""


class StepFailed(PlatformError):
    """{name} failed: {reason}. More is in {log}."""

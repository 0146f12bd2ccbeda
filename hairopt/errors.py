"""The errors of hairopt: one root, one class per kind of answer a caller can act on."""


class HairoptError(Exception):
    """Anything hairopt refuses or cannot do; its text is complete and needs no traceback."""


class UsageError(HairoptError):
    """A command, an option or an argument that does not make sense."""


class ConfigError(HairoptError):
    """An invalid variant, contract or configuration; names file, key, value and what is allowed."""


class DataError(HairoptError):
    """An image, mask or dataset that cannot be used; names the file.

    Attributes:
        fix: how to make it usable, complete sentences or lines of code; empty where nobody can say.
    """

    def __init__(self, message: str, fix: str = "") -> None:
        super().__init__(message)
        self.fix = fix

    @property
    def reason(self) -> str:
        """The message without the fix."""
        return super().__str__()

    def __str__(self) -> str:
        return f"{self.reason}\n{self.fix}" if self.fix else self.reason


class ModelError(HairoptError):
    """A network file that is unknown, damaged, of another hash, or not what its contract says."""


class UnavailableError(HairoptError):
    """Something that is not installed or not present on this machine.

    Attributes:
        fix: the one command that would make it available, or None where nothing would.
    """

    def __init__(self, message: str, fix: str | None = None) -> None:
        super().__init__(message)
        self.fix = fix

    def __str__(self) -> str:
        reason = super().__str__()
        return f"{reason} (fix: {self.fix})" if self.fix else reason


class RegressionError(HairoptError):
    """A candidate that is measurably worse than its baseline by more than a limit."""


class InconclusiveError(HairoptError):
    """A comparison whose data can neither show nor exclude a regression."""


class NotComparableError(HairoptError):
    """Two measurements of different datasets, protocols or machines, or an incomplete baseline."""

"""The errors of hairopt: one base class, and one class for each way to react to it."""


class HairoptError(Exception):
    """Base of all errors of hairopt; its text is complete, without a traceback."""


class UsageError(HairoptError):
    """An invalid command, option or argument."""


class ConfigError(HairoptError):
    """An invalid variant, contract or configuration; it names file, key, value, what is allowed."""


class DataError(HairoptError):
    """An image, mask or dataset that cannot be used; it names the file.

    Attributes:
        fix: how to make it usable, as sentences or lines of code; empty if unknown.
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
    """A network file that is unknown, damaged, has another hash, or contradicts its contract."""


class UnavailableError(HairoptError):
    """Something that is not installed or not present on this machine.

    Attributes:
        fix: the command that makes it available, or None if there is none.
    """

    def __init__(self, message: str, fix: str | None = None) -> None:
        super().__init__(message)
        self.fix = fix

    def __str__(self) -> str:
        reason = super().__str__()
        return f"{reason} (fix: {self.fix})" if self.fix else reason


class RegressionError(HairoptError):
    """A candidate that is proven worse than its baseline, by more than a limit."""


class InconclusiveError(HairoptError):
    """A comparison or a mask that cannot be decided on, where ``--strict`` asks for a decision."""


class NotComparableError(HairoptError):
    """Two measurements of different datasets, protocols or machines, or an incomplete baseline."""

"""PyTorch, which is an extra: only training needs it, and it is larger than all other packages."""

from __future__ import annotations

from hairopt.errors import UnavailableError

FIX = 'pip install "hairopt[train]"'


def require_torch() -> None:
    """Check that PyTorch can be imported.

    Raises:
        UnavailableError: it is not installed; ``fix`` is the command that installs it.
    """
    try:
        import torch  # noqa: F401
    except ImportError as error:
        raise UnavailableError(f"training needs PyTorch, which is absent ({error})", FIX) from error


def choose_device(wanted: str) -> str:
    """``auto``, ``cpu`` or ``cuda`` as a device of PyTorch.

    Raises:
        UnavailableError: the device does not exist on this machine.
    """
    require_torch()
    import torch

    if wanted == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    if wanted.startswith("cuda") and not torch.cuda.is_available():
        raise UnavailableError("PyTorch sees no CUDA device here", "hairopt distill --device cpu")
    return wanted


def quick_on_cpu(threads: int) -> None:
    """Set PyTorch up for training on the CPU.

    Denormal numbers appear in the moving averages of dead channels and take a hundred times as
    long; they are flushed to zero.
    """
    import torch

    torch.set_num_threads(threads)
    torch.set_flush_denormal(True)

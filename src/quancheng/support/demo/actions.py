"""Building the sample city: the only writes that no actor asked for, made while a site is empty."""

from collections.abc import Callable

from quancheng.kernel import discovery


def build(*, say: Callable[[str], None] = lambda _line: None) -> int:
    """Let each installed app build its part, lowest layer first; return how many did. Safe to repeat."""
    built = 0
    for config, module in discovery.modules("demo"):
        if hasattr(module, "build"):
            say(f"{config.label}: {config.verbose_name}")
            module.build()
            built += 1
    return built

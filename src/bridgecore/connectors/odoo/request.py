"""A call on its way to an Odoo of some version: arguments to take, rename and put back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bridgecore.connectors.odoo.arguments import plain


@dataclass(slots=True)
class Request:
    """A method and its arguments. `finish` turns the answer's bytes into the one asked for."""

    method: str
    args: list[Any]
    kwargs: dict[str, Any]
    finish: Callable[[bytes], bytes] | None = None

    def take(self, position: int, *names: str, default: Any = None, keep: bool = False) -> Any:
        """One argument as Python objects, by position or else by name; removed unless `keep`.

        Removing by position closes the gap: take the later ones at their moved places.
        """
        if position < len(self.args):
            return plain(self.args[position] if keep else self.args.pop(position))
        for name in names:
            if name in self.kwargs:
                return plain(self.kwargs[name] if keep else self.kwargs.pop(name))
        return default

    def put(self, position: int, name: str, value: Any) -> None:
        """Replace an argument where it stands, or give it by name."""
        if position < len(self.args):
            self.args[position] = value
        else:
            self.kwargs[name] = value

    def rename(self, old: str, new: str) -> None:
        """Rename a named argument; a value already under the new name wins."""
        if old in self.kwargs:
            value = self.kwargs.pop(old)
            self.kwargs.setdefault(new, value)

    def keep(self, *names: str) -> None:
        """Drop every other named argument."""
        self.kwargs = {name: self.kwargs[name] for name in names if name in self.kwargs}

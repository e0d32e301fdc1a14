"""How stored JSON of an older format becomes that of the next one, by class name and old format number.

No class has changed yet in a way that its defaults do not bridge: formats 1 and 2 differ in compression alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Upgrade = Callable[[dict[str, Any]], dict[str, Any]]

UPGRADES: Mapping[str, Mapping[int, Upgrade]] = {}

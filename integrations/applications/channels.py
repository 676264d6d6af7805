"""The ways back to Yandex: each is a module that makes files of conversions. So far there is one."""

from collections.abc import Mapping, Sequence
from typing import Final, Protocol

from integrations.applications import direct
from integrations.applications.conversion import Conversion, File
from integrations.applications.states import State


class Channel(Protocol):
    """What such a module has."""

    @property
    def NAME(self) -> str: ...  # noqa: N802  (a constant of the module)
    @property
    def STATES(self) -> Mapping[State, str]: ...  # noqa: N802

    def files(self, conversions: Sequence[Conversion]) -> list[File]: ...


CHANNELS: Final[Mapping[str, Channel]] = {direct.NAME: direct}

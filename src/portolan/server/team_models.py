"""Shapes of who does what."""

from __future__ import annotations

from pydantic import BaseModel, Field

from portolan.acting import Role


class Me(BaseModel):
    """Who asks."""

    name: str = Field(description="The author of what they do")
    role: Role
    is_local: bool = Field(description="Whoever runs the server: may go by another name")


class NameToTake(BaseModel):
    """Another name."""

    name: str = Field(max_length=200, description="Empty: the name one is logged in under")


class News(BaseModel):
    """Something that was done."""

    id: int
    author: str
    kind: str
    told: str = Field(description="What was done, as a clause")
    is_mine: bool = Field(description="Done under the name of whoever asks")


class Changes(BaseModel):
    """What was done since."""

    last_event: int = Field(description="The last event of the journal; 0 where there is none")
    version: str = Field(description="The map's: another one whenever it changes")
    n_new: int = Field(description="Events since; `news` holds the last of them")
    news: list[News]

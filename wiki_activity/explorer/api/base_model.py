"""What all models of answers share."""

from pydantic import BaseModel, ConfigDict


class Model(BaseModel):
    """What all answers share."""

    model_config = ConfigDict(frozen=True)

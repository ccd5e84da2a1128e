"""The settings of catalog, from the environment: CATALOG_*."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Nothing has a default that is a secret; nothing is read at import."""

    model_config = SettingsConfigDict(env_prefix="CATALOG_")

    database_url: str = Field(description="PostgreSQL as the role `catalog`")
    public_keys: Path = Field(description="The key set that tokens are verified with")
    signing_key: Path = Field(description="The key that this service signs its own tokens with")
    log_key: Path = Field(description="The key that checkpoints of the journal are signed with, as a note signer")

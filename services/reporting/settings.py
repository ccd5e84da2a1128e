"""The settings of reporting, from the environment: REPORTING_*."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Nothing has a default that is a secret; nothing is read at import."""

    model_config = SettingsConfigDict(env_prefix="REPORTING_")

    database_url: str = Field(description="PostgreSQL as the role `reporting`")
    public_keys: Path = Field(description="The key set that tokens are verified with")
    signing_key: Path = Field(description="The key that this service signs its own tokens with")
    catalog_url: str = Field(description="Where catalog answers")
    portfolio_url: str = Field(description="Where portfolio answers")
    snapshot_key: Path = Field(description="The keys that sign snapshots, a note signer a line: the last of each type")
    log_keys: Path = Field(description="The note verifiers of the journals' checkpoints, one a line")
    tsa_url: str | None = Field(default=None, description="An RFC 3161 authority that stamps packages; none: no stamp")

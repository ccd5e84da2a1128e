"""The settings of the gateway, from the environment: GATEWAY_*."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Nothing has a default that is a secret; nothing is read at import."""

    model_config = SettingsConfigDict(env_prefix="GATEWAY_")

    database_url: str = Field(description="PostgreSQL as the role `gateway`")
    public_keys: Path = Field(description="The key set that tokens are verified with, and that is published")
    log_keys: Path = Field(description="The note verifiers of the journals' checkpoints, one a line, to be published")
    signing_key: Path = Field(description="The key that people's tokens are signed with")
    catalog_url: str = Field(description="Where catalog answers")
    portfolio_url: str = Field(description="Where portfolio answers")
    reporting_url: str = Field(description="Where reporting answers")
    upstream_timeout: float = Field(30.0, gt=0, description="Seconds that a service may stay silent")
    refusals_per_second: float = Field(
        1.0, ge=0, description="Refusals of callers who are not verified that get an entry each, once 60 came at once"
    )

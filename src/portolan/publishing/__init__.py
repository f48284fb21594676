"""A map as a folder of files that any web host serves: no Python, no other host, nothing that was left out."""

from portolan.publishing.publish import Published, PublishOptions, publish

__all__ = ["PublishOptions", "Published", "publish"]

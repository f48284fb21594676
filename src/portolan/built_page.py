"""The built page: where it lies, and what it may load. The server and a published site say the same of it."""

from __future__ import annotations

from pathlib import Path

PAGE_FOLDER = Path(__file__).parent / "server" / "page"
CONTENT_SECURITY_POLICY = (
    "default-src 'self'",
    "img-src 'self' data: blob:",
    "worker-src 'self' blob:",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'none'",
)
"""Directives: nothing from elsewhere."""

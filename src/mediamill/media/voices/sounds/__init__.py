"""Samples: trimmed, at one rate, equally loud, higher or lower. No files."""

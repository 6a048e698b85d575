"""A module with nothing wrong."""

from remotemedia.core.multiprocess import register_node


@register_node("Good", input_types=["text"], output_types=["text"], params={"type": "object", "properties": {}})
def good(data):
    """Gives back what it gets."""
    return data

"""The memory that pictures of 60 megapixels take, by command and variant."""

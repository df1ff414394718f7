"""What is sold and what is on the shelf."""

"""From knobs to measured options: what makes a slow pipeline cheap without spoiling the picture."""

"""Write a variant as code to deploy: a folder that runs without hairopt."""

"""The application in which a person looks at results, corrects them, and makes labels of them."""

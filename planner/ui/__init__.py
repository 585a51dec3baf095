"""The browser app: the only room, with the entry file, that imports streamlit."""

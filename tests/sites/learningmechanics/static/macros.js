// Macros of all posts.
window.LATEX_MACROS = {
  // Vectors
  "\\vx":   "\\mathbf{x}",
  "\\L":    "\\mathcal{L}",
  "\\R":    "\\mathbb{R}", // numbers
  "\\norm": "\\left|\\!\\left|#1\\right|\\!\\right|",
};

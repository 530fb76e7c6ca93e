"""The demonstration of VectorDB on pictures: from files to a page that shows the search at work.

Read in this order:

- `sources`: where pictures come from (a folder, or emoji drawn from a font);
- `metadata`: what a photograph says about its time and place;
- `features`: one picture becomes one vector;
- `dataset`: all pictures become the files that `vdbtool` imports;
- `filters`: questions about attributes that suit these pictures;
- `trial`: `vdbtool` is run, its answers are read and checked;
- `page`: the answers become one self-contained HTML page.
"""

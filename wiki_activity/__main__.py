"""`python -m wiki_activity`: the same as the wiki-activity command."""

from wiki_activity.cli.main import main

if __name__ == "__main__":
    main()

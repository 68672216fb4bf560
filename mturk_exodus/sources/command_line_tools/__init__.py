from mturk_exodus.sources.command_line_tools.source import CommandLineTools

__all__ = ["CommandLineTools"]

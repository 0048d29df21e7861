@echo off
rem For a double-click: starts the program with the Python of this computer, and keeps the window open after an error.
rem Flags and numbers go on to it: start.bat --demo
setlocal
if "%~1"=="" cd /d "%~dp0"
set "python="
py -3 -c "" >nul 2>nul
if not errorlevel 1 set "python=py -3"
if not defined python (
    python -c "" >nul 2>nul
    if not errorlevel 1 set "python=python"
)
if not defined python (
    echo This program needs Python 3.11 or newer, and this computer has none yet.
    echo Get it at https://www.python.org/downloads/ - tick 'Add python.exe to PATH' there -
    echo then double-click start.bat again.
    pause
    exit /b 1
)
%python% "%~dp0start.py" %*
set "code=%errorlevel%"
if not "%code%"=="0" pause
exit /b %code%

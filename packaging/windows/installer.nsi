; The installer for one person: no administrator is asked, nothing outside their own folders is
; touched. Silent: /S, with /D=FOLDER for another place. The uninstaller keeps settings and history;
; uninstall.exe /S /DATA deletes them too. Exit codes: 2 Windows refused, 5 the program is running.
;
; packaging/windows.py gives SOURCE, VERSION, NUMBERS, ICON, LICENCE and OUTPUT.

Target amd64-unicode
Unicode true

!include "FileFunc.nsh"
!include "LogicLib.nsh"
!include "MUI2.nsh"
!include "Win\COM.nsh"
!include "Win\Propkey.nsh"
!include "x64.nsh"

!define NAME "Longshore"
!define ID "io.github.longshore.Longshore"
!define WINDOW "longshorew.exe"
!define COMMAND "longshore.exe"
!define UNINSTALL "Software\Microsoft\Windows\CurrentVersion\Uninstall\${ID}"
!define PATHS "Software\Microsoft\Windows\CurrentVersion\App Paths"
!define CLASSES "Software\Classes"
!define LINK "$SMPROGRAMS\${NAME}.lnk"
!define DATA "$LOCALAPPDATA\${NAME}"

Name "${NAME}"
OutFile "${OUTPUT}"
RequestExecutionLevel user
InstallDir "$LOCALAPPDATA\Programs\${NAME}"
InstallDirRegKey HKCU "${UNINSTALL}" "InstallLocation"
!ifdef QUICK
  SetCompressor zlib
!else
  SetCompressor /SOLID lzma
  SetCompressorDictSize 64
!endif
ManifestDPIAware true
ManifestSupportedOS all
VIProductVersion "${NUMBERS}"
VIFileVersion "${NUMBERS}"
VIAddVersionKey "ProductName" "${NAME}"
VIAddVersionKey "FileDescription" "${NAME} Installer"
VIAddVersionKey "FileVersion" "${VERSION}"
VIAddVersionKey "ProductVersion" "${VERSION}"
VIAddVersionKey "CompanyName" "The Longshore developers"
VIAddVersionKey "LegalCopyright" "Apache License 2.0"
!ifdef SIGN
  !finalize '${SIGN} "%1"'
  !uninstfinalize '${SIGN} "%1"'
!endif

!define MUI_ICON "${ICON}"
!define MUI_UNICON "${ICON}"
!define MUI_ABORTWARNING
!define MUI_FINISHPAGE_RUN "$INSTDIR\${WINDOW}"
!insertmacro MUI_PAGE_LICENSE "${LICENCE}"
!insertmacro MUI_PAGE_DIRECTORY
!insertmacro MUI_PAGE_INSTFILES
!insertmacro MUI_PAGE_FINISH
!insertmacro MUI_UNPAGE_CONFIRM
!insertmacro MUI_UNPAGE_INSTFILES
!insertmacro MUI_LANGUAGE "English"
!insertmacro MUI_LANGUAGE "German"

LangString TooOld ${LANG_ENGLISH} "Longshore needs a 64-bit Windows."
LangString TooOld ${LANG_GERMAN} "Longshore braucht ein Windows mit 64 Bit."
LangString Running ${LANG_ENGLISH} "Longshore is running. Close its window, then choose Retry.$\r$\nUploads that are on their way go on when it is opened again."
LangString Running ${LANG_GERMAN} "Longshore läuft gerade. Schließen Sie das Fenster und wählen Sie Wiederholen.$\r$\nBegonnene Übertragungen gehen weiter, wenn es wieder geöffnet wird."
LangString AlsoData ${LANG_ENGLISH} "Delete your settings, history and unfinished uploads too?"
LangString AlsoData ${LANG_GERMAN} "Auch Einstellungen, Verlauf und unfertige Übertragungen löschen?"

; A program that runs cannot be opened for writing.
!macro WAIT_UNTIL_CLOSED FILE
  ${Do}
    ${IfNot} ${FileExists} "$INSTDIR\${FILE}"
      ${ExitDo}
    ${EndIf}
    ClearErrors
    FileOpen $0 "$INSTDIR\${FILE}" a
    ${IfNot} ${Errors}
      FileClose $0
      ${ExitDo}
    ${EndIf}
    ${If} ${Cmd} `MessageBox MB_RETRYCANCEL|MB_ICONEXCLAMATION "$(Running)" /SD IDCANCEL IDCANCEL`
      SetErrorLevel 5
      Quit
    ${EndIf}
  ${Loop}
!macroend

Function .onInit
  ${IfNot} ${RunningX64}
    MessageBox MB_OK|MB_ICONSTOP "$(TooOld)" /SD IDOK
    SetErrorLevel 2
    Quit
  ${EndIf}
FunctionEnd

; Notifications and the taskbar know the program by this name; the program gives itself the same.
Function NameLink
  !insertmacro ComHlpr_CreateInProcInstance ${CLSID_ShellLink} ${IID_IShellLink} r0 ""
  ${If} $0 P<> 0
    ${IUnknown::QueryInterface} $0 '("${IID_IPersistFile}",.r1)'
    ${If} $1 P<> 0
      ${IPersistFile::Load} $1 '("${LINK}", ${STGM_READWRITE})'
      ${IUnknown::QueryInterface} $0 '("${IID_IPropertyStore}",.r2)'
      ${If} $2 P<> 0
        System::Call 'Oleaut32::SysAllocString(w "${ID}")p.r3'
        System::Call '*${SYSSTRUCT_PROPERTYKEY}(${PKEY_AppUserModel_ID})p.r4'
        System::Call '*(&i2 ${VT_BSTR},&i6 0,p r3,p 0)p.r5'
        ${IPropertyStore::SetValue} $2 '(r4,r5)'
        System::Call 'Oleaut32::SysFreeString(p r3)'
        System::Free $4
        System::Free $5
        ${IPropertyStore::Commit} $2 ""
        ${IUnknown::Release} $2 ""
        ${IPersistFile::Save} $1 '("${LINK}",1)'
      ${EndIf}
      ${IUnknown::Release} $1 ""
    ${EndIf}
    ${IUnknown::Release} $0 ""
  ${EndIf}
FunctionEnd

!macro OPENS_WITH EXTENSION
  WriteRegStr HKCU "${CLASSES}\Applications\${WINDOW}\SupportedTypes" "${EXTENSION}" ""
  WriteRegNone HKCU "${CLASSES}\${EXTENSION}\OpenWithProgids" "${ID}"
!macroend

!macro un.OPENS_WITH EXTENSION
  DeleteRegValue HKCU "${CLASSES}\${EXTENSION}\OpenWithProgids" "${ID}"
  DeleteRegKey /ifempty HKCU "${CLASSES}\${EXTENSION}\OpenWithProgids"
  DeleteRegKey /ifempty HKCU "${CLASSES}\${EXTENSION}"
!macroend

!macro ALL_TYPES MACRO
  !insertmacro ${MACRO} ".mrc"
  !insertmacro ${MACRO} ".marc"
  !insertmacro ${MACRO} ".edi"
  !insertmacro ${MACRO} ".fpr"
  !insertmacro ${MACRO} ".csv"
!macroend

Section "Install"
  !insertmacro WAIT_UNTIL_CLOSED "${WINDOW}"
  !insertmacro WAIT_UNTIL_CLOSED "${COMMAND}"
  SetOutPath "$INSTDIR"
  ; Nothing of an older version may stay among the new one's modules.
  RMDir /r "$INSTDIR\_internal"
  ClearErrors
  File /r "${SOURCE}/*.*"
  WriteUninstaller "$INSTDIR\uninstall.exe"
  ${If} ${Errors}
    SetErrorLevel 2
    Abort
  ${EndIf}

  CreateShortCut "${LINK}" "$INSTDIR\${WINDOW}" "" "$INSTDIR\${WINDOW}" 0
  Call NameLink

  WriteRegStr HKCU "${PATHS}\${COMMAND}" "" "$INSTDIR\${COMMAND}"
  WriteRegStr HKCU "${PATHS}\${WINDOW}" "" "$INSTDIR\${WINDOW}"

  ; In the list of "Open with"; what opens a file by itself stays the person's choice.
  WriteRegStr HKCU "${CLASSES}\Applications\${WINDOW}" "FriendlyAppName" "${NAME}"
  WriteRegStr HKCU "${CLASSES}\Applications\${WINDOW}\shell\open\command" "" '"$INSTDIR\${WINDOW}" "%1"'
  WriteRegStr HKCU "${CLASSES}\${ID}" "" "Longshore delivery"
  WriteRegStr HKCU "${CLASSES}\${ID}" "AppUserModelID" "${ID}"
  WriteRegStr HKCU "${CLASSES}\${ID}\DefaultIcon" "" "$INSTDIR\${WINDOW},0"
  WriteRegStr HKCU "${CLASSES}\${ID}\shell\open\command" "" '"$INSTDIR\${WINDOW}" "%1"'
  !insertmacro ALL_TYPES OPENS_WITH
  System::Call 'shell32::SHChangeNotify(i 0x08000000, i 0, p 0, p 0)'

  WriteRegStr HKCU "${UNINSTALL}" "DisplayName" "${NAME}"
  WriteRegStr HKCU "${UNINSTALL}" "DisplayVersion" "${VERSION}"
  WriteRegStr HKCU "${UNINSTALL}" "Publisher" "The Longshore developers"
  WriteRegStr HKCU "${UNINSTALL}" "DisplayIcon" "$INSTDIR\${WINDOW}"
  WriteRegStr HKCU "${UNINSTALL}" "InstallLocation" "$INSTDIR"
  WriteRegStr HKCU "${UNINSTALL}" "URLInfoAbout" "${HOMEPAGE}"
  WriteRegStr HKCU "${UNINSTALL}" "UninstallString" '"$INSTDIR\uninstall.exe"'
  WriteRegStr HKCU "${UNINSTALL}" "QuietUninstallString" '"$INSTDIR\uninstall.exe" /S'
  WriteRegDWORD HKCU "${UNINSTALL}" "NoModify" 1
  WriteRegDWORD HKCU "${UNINSTALL}" "NoRepair" 1
  ${GetSize} "$INSTDIR" "/S=0K" $0 $1 $2
  IntFmt $0 "0x%08X" $0
  WriteRegDWORD HKCU "${UNINSTALL}" "EstimatedSize" "$0"
SectionEnd

Section "Uninstall"
  !insertmacro WAIT_UNTIL_CLOSED "${WINDOW}"
  !insertmacro WAIT_UNTIL_CLOSED "${COMMAND}"
  ${GetParameters} $0
  ClearErrors
  ${GetOptions} $0 "/DATA" $1
  ${If} ${Errors}
    ${If} ${Cmd} `MessageBox MB_YESNO|MB_ICONQUESTION|MB_DEFBUTTON2 "$(AlsoData)" /SD IDNO IDYES`
      RMDir /r "${DATA}"
    ${EndIf}
  ${Else}
    RMDir /r "${DATA}"
  ${EndIf}
  Delete "${LINK}"
  RMDir /r "$INSTDIR\_internal"
  Delete "$INSTDIR\${WINDOW}"
  Delete "$INSTDIR\${COMMAND}"
  Delete "$INSTDIR\uninstall.exe"
  ; Not with all that is in it: a person may have chosen a folder that holds other things.
  RMDir "$INSTDIR"
  DeleteRegKey HKCU "${PATHS}\${COMMAND}"
  DeleteRegKey HKCU "${PATHS}\${WINDOW}"
  DeleteRegKey HKCU "${CLASSES}\Applications\${WINDOW}"
  DeleteRegKey HKCU "${CLASSES}\${ID}"
  !insertmacro ALL_TYPES un.OPENS_WITH
  System::Call 'shell32::SHChangeNotify(i 0x08000000, i 0, p 0, p 0)'
  DeleteRegKey HKCU "${UNINSTALL}"
SectionEnd

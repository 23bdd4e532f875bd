/** The terms of use and the privacy notice of the fictional school; a real one writes its own. */
export const terms = `Diese Nutzungsordnung gilt für alle, die die Pforte der Lindenhofschule nutzen.

## Ihr Konto gehört Ihnen

Geben Sie Ihr Passwort nicht weiter. Beide Eltern bekommen ein eigenes Konto. Sagen Sie dem Sekretariat Bescheid, wenn jemand anderes Ihr Passwort kennt.

## Freundlich und vertraulich

Was Sie hier lesen, ist für Sie und Ihre Gruppe bestimmt. Leiten Sie nichts über andere Kinder oder Familien weiter.

## Freiwillig

Die Nutzung ist freiwillig. Wer kein Konto möchte, bekommt jeden Brief auf Papier und hat keinen Nachteil.

## Wenn etwas missbraucht wird

Wird ein Konto nachweislich missbraucht, kann die Schule es sperren. Das entscheiden zwei Prüfende gemeinsam. Im Notfall sperrt eine Person allein, für höchstens 24 Stunden. Wer gesperrt ist, hat das Recht, gehört zu werden.`

export const privacy = `Verantwortlich ist die Lindenhofschule, Lindenallee 12, 12345 Auental, vertreten durch die Schulleitung.

## Was gespeichert wird

Namen, Klassen und Sorgerecht aus der Schülerverwaltung, Ihre Anmeldung, die Briefe und Ihre Antworten. Alles liegt auf einem Rechner im Schulgebäude. Nichts davon geht an andere Firmen.

## Protokoll

Was im Portal geschieht, wird aufgezeichnet: wer wann was getan hat, nie der Inhalt. Die Aufzeichnung ist versiegelt und wird nach 90 Tagen gelöscht, in Sicherungen spätestens 35 Tage danach. Lesen können sie nur zwei geschulte Prüfende gemeinsam, bei begründetem Verdacht auf Missbrauch oder für eine Auskunft. Wer betroffen war, wird spätestens nach 30 Tagen informiert, mit einem guten Grund bis zu 90 Tage später. Diese Benachrichtigung bleibt ein Jahr gespeichert. Wie oft das vorkam, steht für alle auf der Seite „Wer hat das Protokoll geöffnet?“.

## Ihre Rechte

Sie können Auskunft, Berichtigung und Löschung verlangen und der Verarbeitung widersprechen. Wenden Sie sich an das Sekretariat oder an den Datenschutzbeauftragten, Ole Olsen. Beschweren können Sie sich bei der Datenschutzaufsicht Ihres Landes.`

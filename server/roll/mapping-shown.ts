import type { Language } from '../web/i18n.ts'
import { type Field, fields } from './facts.ts'
import type { OpenedFile } from './files.ts'
import { fieldName } from './import-shown.ts'

/** The page that asks what the columns of an unknown file mean. `position` is the file's place in the import. */
export function mappingLocals(
  language: Language,
  id: string,
  opened: readonly OpenedFile[],
  index: number,
  position = index,
) {
  const file = opened[index]
  if (!file || file.state === 'refused') throw new Error('Only a table can be mapped')
  const { header, rows } = file.table
  const columns = header.flatMap((name, column) => {
    const samples = rows.slice(0, 20).map(row => row.cells[column]?.trim() ?? '')
    return name === ''
      ? []
      : [
          {
            name,
            samples: samples
              .filter(sample => sample !== '')
              .slice(0, 3)
              .join(' · '),
          },
        ]
  })
  const proposal = file.state === 'unmapped' ? file.proposal : {}
  const choice = (field: Field) => ({
    name: `map_${field}`,
    label: fieldName(language, field),
    value: proposal[field] === undefined ? '' : (header[proposal[field]] ?? ''),
  })
  return {
    id,
    file: { name: file.name, position, rows: rows.length },
    columns,
    groups: (['pupil', 'guardian', 'guardian2'] as const).map(group => ({
      heading: language.t(`roll.map.${group}`),
      folded: group === 'guardian2',
      fields: fields.filter(field => field.startsWith(`${group}_`)).map(choice),
    })),
  }
}

/** Whose image it is, in the form that worklist and reports know. */
import type { ImageInstance, PersonName } from '../contract/imaging.ts';
import { writtenName } from '../contract/patient-name.ts';
import type { Patient } from '../contract/study.ts';

const SEX: Record<'F' | 'M' | 'O', Patient['sex']> = { F: 'female', M: 'male', O: 'other' };

export function patientOfImage({ patient, technique }: ImageInstance): Patient {
  const sex = patient.sex ?? technique.patientSex;
  return {
    name: patient.name === null ? '' : nameOf(patient.name),
    id: patient.id ?? '',
    birthDate: patient.birthDate,
    ageYears: technique.patientAgeYears,
    sex: sex === null ? 'unknown' : SEX[sex],
  };
}

/** The ideographic form where there is no other. */
function nameOf(name: PersonName): string {
  return writtenName(name) || name.ideographic;
}

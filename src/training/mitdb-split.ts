/**
 * The inter-patient split of the MIT-BIH Arrhythmia Database by de Chazal, O'Dwyer and Reilly (IEEE Trans
 * Biomed Eng 51(7), 2004). Records 201 (DS1) and 202 (DS2) are of the same person, so the split is not strictly
 * patient-disjoint: figures on DS2 are also given without 202.
 */

/** Training records. */
export const DS1_RECORDS = [
  '101',
  '106',
  '108',
  '109',
  '112',
  '114',
  '115',
  '116',
  '118',
  '119',
  '122',
  '124',
  '201',
  '203',
  '205',
  '207',
  '208',
  '209',
  '215',
  '220',
  '223',
  '230',
] as const;

/** Test records: looked at to report, never to choose. */
export const DS2_RECORDS = [
  '100',
  '103',
  '105',
  '111',
  '113',
  '117',
  '121',
  '123',
  '200',
  '202',
  '210',
  '212',
  '213',
  '214',
  '219',
  '221',
  '222',
  '228',
  '231',
  '232',
  '233',
  '234',
] as const;

/** Records of paced patients, which EC57 leaves out. */
export const PACED_RECORDS = ['102', '104', '107', '217'] as const;

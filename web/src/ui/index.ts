/* The component kit: native elements in the markup of GOV.UK Frontend. Pages and their parts take
 * widgets from here and nowhere else. */
export { default as AmountBar } from './AmountBar.vue';
export { default as AppButton } from './AppButton.vue';
export { default as BrandMark } from './BrandMark.vue';
export { default as CardDetails } from './CardDetails.vue';
export { default as CheckBox } from './CheckBox.vue';
export { default as DetailsBox } from './DetailsBox.vue';
export { default as ErrorSummary, type Mistake } from './ErrorSummary.vue';
export { default as FileInput } from './FileInput.vue';
export { default as FormGroup } from './FormGroup.vue';
export { default as InsetText } from './InsetText.vue';
export { default as PageHeading } from './PageHeading.vue';
export { default as PageLink } from './PageLink.vue';
export { default as ProgressBar } from './ProgressBar.vue';
export { default as RadioList, type Option } from './RadioList.vue';
export { default as SelectBox } from './SelectBox.vue';
export { default as StatusTag } from './StatusTag.vue';
export { default as SummaryList, type Row } from './SummaryList.vue';
export { default as TextInput } from './TextInput.vue';
export { default as WarningText } from './WarningText.vue';
export { focusHeading, focusOn } from './focus';

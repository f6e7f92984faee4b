export { type Lesson, lessons } from '../src/steps/lessons.ts';
